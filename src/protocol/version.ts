/** The version of the project and of its contract. package.json has the same. */
export const version = '0.1.0'
