export interface Column<Row> {
  name: string;
  /** What the column sorts by; a column without it does not sort. */
  by?: (row: Row) => string | number | null | undefined;
  numeric?: boolean;
}
