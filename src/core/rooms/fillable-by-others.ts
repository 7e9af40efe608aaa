/**
 * [R8] The number of rooms or direct chats up to which others may add a user. The last tenth is kept for what the user
 * does themselves.
 */
export function fillableByOthers(max: number): number {
  return max - Math.floor(max / 10)
}
