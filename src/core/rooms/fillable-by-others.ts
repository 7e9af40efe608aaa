/** [R8] Up to how many rooms or chats others may bring a user: the last tenth is for what they do themselves. */
export function fillableByOthers(max: number): number {
  return max - Math.floor(max / 10)
}
