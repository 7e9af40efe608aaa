import type { Room } from '../../../src/client/index.ts'

/** Whether the user can write, edit and react in a room. Members can, unless the room is archived. */
export function mayWrite(room: Room | null | undefined): boolean {
  return !!room?.role && !room.archived_at
}
