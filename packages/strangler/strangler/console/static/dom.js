/** Elements made once and then changed in place, so that focus, sliders and what is opened survive an update. Text is text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props` are attributes; `onclick` and the like are listeners; `class` is the class. Children are elements or texts. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function s(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Set a text, if it is another one. */
export function text(node, value) {
  const wanted = value === null || value === undefined ? "" : String(value);
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** Set an attribute, or take it away when the value is null or false. */
export function attribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value === true ? "" : value)) node.setAttribute(name, value === true ? "" : value);
}

export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

const kept = new WeakMap();

/**
 * The children of `parent`, behind `after` if that is given, are one part for each item, in their order. `make(item)` gives a part
 * `{node, update(item)}`, once for each key.
 */
export function keyed(parent, items, keyOf, make, after = null) {
  const before = kept.get(parent) ?? new Map();
  const parts = new Map(items.map((item) => [String(keyOf(item)), null]));
  for (const [key, part] of before) if (!parts.has(key)) part.node.remove();
  let place = after ? after.nextElementSibling : parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const part = before.get(key) ?? make(item);
    parts.set(key, part);
    part.update(item);
    if (part.node === place) place = place.nextElementSibling;
    else parent.insertBefore(part.node, place);
  }
  kept.set(parent, parts);
}
