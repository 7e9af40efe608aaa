/** What both sides ask for, so that there is one direct chat of two users [R3]. */
export function directKey(userId: number, otherId: number): string {
  return [userId, otherId].toSorted((a, b) => a - b).join(':')
}
