/** Folders that are built before synthesis. Synthesis only refers to them. */
export interface Assets {
  /** Has `<name>/index.mjs` for each function. */
  readonly functions: string
  /** The pages beside the API. */
  readonly site: string
}
