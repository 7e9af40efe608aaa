const marks = /\p{M}{3}/u

/** Whether a text has so many marks on one letter that they reach into the lines around it. Its element is clipped. */
export const isStacked = (text: string): boolean => marks.test(text)
