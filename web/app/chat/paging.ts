/** The cursor in the address of another page, as the server gives it. */
export function cursorOf(path: string | null): string | null {
  return path && new URL(path, location.origin).searchParams.get('cursor')
}
