/**
 * [M3] The messages that this process published, or handed over, a moment ago. A repeat of such a message is not
 * published again.
 */
export interface RecentlyPublished {
  has(messageId: number): boolean
  add(messageId: number): void
}

export const recentMs = 10_000
/** A busier process forgets the oldest messages earlier. Then a repeat is published again, which does no harm. */
const messagesMax = 20_000

export function createRecentlyPublished(now = () => performance.now()): RecentlyPublished {
  /** By message id, the oldest first. */
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
