/** A copy of web/app/public/favicon.svg, because the chat may be at another address. */
export const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='4.148 3.648 23.704 23.704'><path fill='%230b6b62' d='M6 8a4 4 0 0 1 4-4h12a4 4 0 0 1 4 4v9a4 4 0 0 1-4 4h-7l-6 6v-6.2A4 4 0 0 1 6 17z'/><path fill='%23fff' d='M17.5 7.5 12 14h4l-1.5 4.5L20 12h-4z'/></svg>"
