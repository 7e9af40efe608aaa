export const templateDatabase = 'qc_template'

/** What the handlers are on AWS: no owner of anything. */
export const appRole = { user: 'quick_connect_app', password: 'of the role of the handlers' }
