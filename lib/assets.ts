/** Folders that were made before: synthesis only refers to them. */
export interface Assets {
  /** `<name>/index.mjs` for each function. */
  readonly functions: string
  /** The pages beside the API. */
  readonly site: string
}
