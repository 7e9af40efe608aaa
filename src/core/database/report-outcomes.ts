/** The ways in which an admin can handle reports. */
export const reportOutcomes = ['dismissed', 'deleted', 'suspended'] as const
export type ReportOutcome = (typeof reportOutcomes)[number]
