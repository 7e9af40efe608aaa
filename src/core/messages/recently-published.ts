/** The messages that this process has pushed, or handed over, a moment ago: a repeat of one is not pushed again [M3]. */
export interface RecentlyPublished {
  has(messageId: number): boolean
  add(messageId: number): void
}

export const recentMs = 10_000
/** In a busier process the oldest are forgotten sooner; then a repeat is pushed again, which does no harm. */
const messagesMax = 20_000

export function createRecentlyPublished(now = () => performance.now()): RecentlyPublished {
  /** The oldest first. */
  const publishedAt = new Map<number, number>()
  return {
    has: (messageId) => {
      const at = publishedAt.get(messageId)
      return at !== undefined && now() - at < recentMs
    },
    add: (messageId) => {
      publishedAt.delete(messageId)
      publishedAt.set(messageId, now())
      for (const [oldest, at] of publishedAt) {
        if (publishedAt.size <= messagesMax && now() - at < recentMs) break
        publishedAt.delete(oldest)
      }
    },
  }
}
