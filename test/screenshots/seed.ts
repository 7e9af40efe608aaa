import { sql } from 'kysely'
import type { Db } from '../../src/core/database/database.ts'

export const password = 'a long enough one'

const people = {
  ana: 'Ana Berg',
  ravi: 'Ravi Shah',
  mina: 'Mina Kováč',
  sara: 'Sara Lind',
  jonas: 'Jonas Okafor',
  layla: 'ليلى حداد',
  omar: 'عمر منصور',
  salma: 'سلمى نجار',
}
type Name = keyof typeof people
const names = Object.keys(people) as Name[]

interface Said {
  readonly room_id: number
  readonly seq: number
}

/** The user who looks at the page, and the room of the conversation. */
interface World {
  readonly username: Name
  readonly displayName: string
  readonly room: number
  /** A word in some of their messages. */
  readonly search: string
}

export interface Seeded extends Disposable {
  readonly english: World
  readonly arabic: World
  /** Saves the present read markers. Restoring them makes the same messages unread again. */
  readonly saveReadMarkers: () => Promise<{ restore: () => Promise<void> }>
}

/** Fills a new server with people who talk about a release, some in English and some in Arabic. */
export async function seed(url: string, db: Db): Promise<Seeded> {
  const tokens = new Map<Name, string>()

  async function call<T>(method: string, path: string, who?: Name, body?: object): Promise<T> {
    const token = who && tokens.get(who)
    const response = await fetch(url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the caller knows the operation
    return (text ? JSON.parse(text) : null) as T
  }

  /** Makes a message of this age. */
  async function say(who: Name, room_id: number, minutes: number, message: string, more?: object) {
    const said = await call<Said>('POST', '/api/messages/', who, { room_id, message, ...more })
    const at = sql`now() - make_interval(mins => ${minutes}::int)`
    await sql`update notifications set created_at = ${at}
      where room_id = ${room_id} and message_seq = ${said.seq}`.execute(db)
    await sql`update messages set created_at = ${at} where room_id = ${room_id} and seq = ${said.seq}`.execute(
      db,
    )
    await sql`update rooms set last_event_at = ${at} where id = ${room_id}`.execute(db)
    return said
  }

  async function makeRoom(
    owner: Name,
    room: { readonly title: string; readonly kind: string; readonly description?: string },
    members: readonly Name[],
  ): Promise<number> {
    const { id } = await call<{ id: number }>('POST', '/api/rooms/', owner, room)
    for (const name of members) {
      await call('PUT', `/api/rooms/${id}/members/${name}/`, owner, {})
    }
    return id
  }

  async function makeDirect(who: Name, other: Name): Promise<number> {
    return (await call<{ id: number }>('POST', '/api/direct/', who, { username: other })).id
  }

  for (const username of names) {
    const made = await call<{ access: string }>('POST', '/api/register/', undefined, {
      username,
      password,
      email: `${username}@example.org`,
      display_name: people[username],
    })
    tokens.set(username, made.access)
  }
  await call('PATCH', '/api/users/me/', 'mina', { bio: 'Translations, and too many plants 🌿' })

  const tea = await makeRoom(
    'ravi',
    { title: 'tea', kind: 'public', description: 'Leaves and water' },
    ['ana', 'sara'],
  )
  await say('sara', tea, 3_020, 'Who tries it with me?')
  await say('ravi', tea, 3_000, 'The first flush has arrived 🍃')
  const hiring = await makeRoom('sara', { title: 'Hiring', kind: 'private' }, ['ana'])
  await say('sara', hiring, 1_700, 'Thursday works for both.')
  const withSara = await makeDirect('ana', 'sara')
  await say('ana', withSara, 1_600, 'Thanks, see you then')
  const withRavi = await makeDirect('ana', 'ravi')
  await say('ana', withRavi, 64, 'Is the soak still running?')

  const release = await makeRoom(
    'ravi',
    {
      title: 'Release 2.4',
      kind: 'public',
      description: 'What ships on Thursday, and who writes what',
    },
    ['ana', 'mina', 'sara', 'jonas'],
  )
  await call('PUT', `/api/rooms/${release}/members/mina/`, 'ravi', { role: 'moderator' })
  await say(
    'jonas',
    release,
    46,
    'Two things are left on my list:\n\n- the notes\n- the pictures, on a **phone**, too',
  )
  const migration = await say(
    'ravi',
    release,
    38,
    'The migration ran on the copy of production: 41 seconds, nothing locked for longer than 300 ms. I left it running over night with `soak --minutes 480`.',
  )
  for (const [name, emoji] of [
    ['ana', '🎉'],
    ['sara', '🎉'],
    ['jonas', '🎉'],
    ['mina', '👀'],
  ] as const) {
    const path = `/api/messages/${release}/${migration.seq}/reactions/${encodeURIComponent(emoji)}/`
    await call('PUT', path, name)
  }
  await say('ravi', release, 38, 'Numbers are in [the report](https://example.org/report).')
  const lovely = await say('sara', release, 35, 'Lovely. Then we only wait for the translation.', {
    reply_to: migration.seq,
  })
  await call('PATCH', `/api/messages/${release}/${lovely.seq}/`, 'sara', {
    message: 'Lovely. Then we only wait for the translations.',
  })
  const seen = await say('jonas', release, 34, 'The notes are nearly done ✍️')
  await call('POST', `/api/rooms/${release}/read/`, 'ana', { seq: seen.seq })
  await say(
    'mina',
    release,
    19,
    '@ana German and Arabic are in. Can you check that the calendar still fits at 200 %?',
  )
  await say('mina', release, 18, 'The pictures are _nearly_ done, too.')

  const support = await makeRoom('jonas', { title: 'support', kind: 'public' }, ['ana'])
  await say('jonas', support, 10, 'It is back for the people in the north')
  const withMina = await makeDirect('mina', 'ana')
  await say('mina', withMina, 9, 'Hello!')
  await say('mina', withMina, 8, 'Can you look at the export before five?')
  await makeRoom(
    'mina',
    { title: 'Plants', kind: 'public', description: 'Cuttings to give away' },
    ['jonas'],
  )

  // The people who speak Arabic have rooms of their own.
  const books = await makeRoom(
    'salma',
    { title: 'كتب', kind: 'public', description: 'ما نقرؤه هذا الشهر' },
    ['layla', 'omar'],
  )
  await say('omar', books, 1_500, 'أنهيت الرواية أمس، وهي رائعة.')
  const version = await makeRoom(
    'omar',
    { title: 'الإصدار 2.4', kind: 'public', description: 'ما يصدر يوم الخميس، ومن يكتب ماذا' },
    ['layla', 'salma'],
  )
  await call('PUT', `/api/rooms/${version}/members/salma/`, 'omar', { role: 'moderator' })
  const copied = await say(
    'omar',
    version,
    44,
    'انتهى ترحيل البيانات على نسخة الإنتاج في 41 ثانية. شغّلت الاختبار طوال الليل بالأمر `soak --minutes 480`.',
  )
  for (const name of ['layla', 'salma'] as const) {
    const path = `/api/messages/${version}/${copied.seq}/reactions/${encodeURIComponent('🎉')}/`
    await call('PUT', path, name)
  }
  await say('omar', version, 43, 'The numbers are in [the report](https://example.org/report).')
  await say('salma', version, 40, 'جميل. بقي أمران:\n\n- الملاحظات\n- الصور على **الهاتف**', {
    reply_to: copied.seq,
  })
  const nearly = await say('layla', version, 39, 'سأراجع الصور اليوم.')
  await call('POST', `/api/rooms/${version}/read/`, 'layla', { seq: nearly.seq })
  await say('salma', version, 21, '@layla هل يظهر التقويم كاملًا عند تكبير 200 %؟')
  await say('salma', version, 20, 'It works well in English, too.')
  const withSalma = await makeDirect('salma', 'layla')
  await say('salma', withSalma, 12, 'هل يمكنك مراجعة الملف قبل الخامسة؟')
  const withOmar = await makeDirect('layla', 'omar')
  await say('layla', withOmar, 70, 'شكرًا، إلى اللقاء')

  // These users are online while the pictures are made.
  const sockets = await Promise.all(
    (['ravi', 'mina', 'salma'] as const).map(async (name) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/`, [
        'quick-connect.v1',
        tokens.get(name)!,
      ])
      await new Promise((resolve, reject) => {
        socket.addEventListener('open', resolve)
        socket.addEventListener('error', reject)
      })
      return socket
    }),
  )
  return {
    english: {
      username: 'ana',
      displayName: people.ana,
      room: release,
      search: 'translations',
    },
    arabic: { username: 'layla', displayName: people.layla, room: version, search: 'الصور' },
    async saveReadMarkers() {
      const { rows } = await sql<{ room_id: number; user_id: number; last_read_seq: number }>`
        select room_id, user_id, last_read_seq from memberships`.execute(db)
      const unread = await sql<{ id: number }>`
        select id from notifications where read_at is null`.execute(db)
      return {
        async restore() {
          for (const { room_id, user_id, last_read_seq } of rows) {
            await sql`update memberships set last_read_seq = ${last_read_seq}
              where room_id = ${room_id} and user_id = ${user_id}`.execute(db)
          }
          for (const { id } of unread.rows) {
            await sql`update notifications set read_at = null where id = ${id}`.execute(db)
          }
        },
      }
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.close()
    },
  }
}
