export const templateDatabase = 'qc_template'

/** The handlers' role on AWS. It owns nothing. */
export const appRole = { user: 'quick_connect_app', password: 'of the role of the handlers' }
