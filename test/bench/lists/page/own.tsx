import { MessageList } from '../../../../web/app/conversation/message-list.tsx'
import { recordedRoom } from './recorded-room.ts'
import { show } from './show.tsx'

/** The list as the page has it. */
void show(<MessageList held={recordedRoom()} target={null} />)
