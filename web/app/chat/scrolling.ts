/** A scroll goes on while its last step is not older than this. */
const scrollMs = 300
let scrolledAt = -Infinity

/** Notes a step of a scroll through messages. */
export const noteScroll = (): void => void (scrolledAt = performance.now())
/** Whether the user is scrolling through messages. */
export const isScrolling = (): boolean => performance.now() - scrolledAt < scrollMs
