export const templateDatabase = 'qc_template'
