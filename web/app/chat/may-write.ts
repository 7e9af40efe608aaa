import type { Room } from '../../../src/client/index.ts'

/** Whether one can write, edit and react in a room: its members can, unless it is archived. */
export function mayWrite(room: Room | null | undefined): boolean {
  return !!room?.role && !room.archived_at
}
