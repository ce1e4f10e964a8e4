/** The shell loads a script of this name before all others. Our icons are part of the components, so there is nothing to do. */
export {};
