/**
 * [R3] The key of the direct chat of two users. It is the same for both sides, so two users have only one direct chat.
 */
export function directKey(userId: number, otherId: number): string {
  return [userId, otherId].toSorted((a, b) => a - b).join(':')
}
