import type { Metrics } from '../ports.ts'

/** For an installation on one machine, which collects no metrics. It has its log. */
export const noMetrics: Metrics = { add: () => undefined }
