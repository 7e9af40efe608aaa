const marks = /\p{M}{3}/u

/**
 * Whether a text has so many marks on one letter that they overlap other lines. Its element is clipped then.
 */
export const isStacked = (text: string): boolean => marks.test(text)
