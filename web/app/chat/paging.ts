/** Returns the cursor in the address of another page. */
export function cursorOf(path: string | null): string | null {
  return path && new URL(path, location.origin).searchParams.get('cursor')
}
