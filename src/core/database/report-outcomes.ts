/** What an admin has made of reports. */
export const reportOutcomes = ['dismissed', 'deleted', 'suspended'] as const
export type ReportOutcome = (typeof reportOutcomes)[number]
