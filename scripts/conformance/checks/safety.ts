import { refused } from '../answer.ts'
import type { Check } from '../check.ts'

export const safetyChecks: readonly Check[] = [
  {
    rule: 'S1',
    title:
      'a report of an unreadable message, of one’s own message, or without a reason is refused',
    async run(world) {
      const [ana, eve] = await world.users('ana', 'eve')
      const room = await ana.createRoom({ kind: 'private' })
      const { seq } = await ana.send(room.id, 'mine')
      const path = (at: number) => `/api/messages/${room.id}/${at}/report/`
      const spam = { reason: 'spam' }
      await refused(eve.put(path(seq), spam), 'not_found')
      await refused(ana.put(path(seq), spam), 'conflict')
      await refused(ana.put(path(seq - 1), spam), 'not_found')
      await refused(ana.put(`/api/users/${ana.username}/report/`, spam), 'conflict')
      const user = `/api/users/${eve.username}/report/`
      for (const body of [
        {},
        { reason: 'nonsense' },
        { reason: 'other' },
        { reason: 'other', text: ' ' },
      ])
        await refused(ana.put(user, body), 'bad_request')
    },
  },
]
