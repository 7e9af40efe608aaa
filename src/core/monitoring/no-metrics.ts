import type { Metrics } from '../ports.ts'

/** Where nobody watches: an installation of one machine has its log. */
export const noMetrics: Metrics = { add: () => undefined }
