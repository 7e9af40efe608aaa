import { type ComponentType, h, type JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { loadAllTexts, t } from '../text/text.ts'
import { Loading, Notice } from './notice.tsx'

/** A part of the page that is loaded with its texts when it is first shown. `load` returns the component. */
export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
): (props: P) => JSX.Element {
  let loaded: ComponentType<P> | null = null
  return function Lazy(props: P) {
    const [part, setPart] = useState<{ component: ComponentType<P> } | null>(null)
    const [attempt, setAttempt] = useState(0)
    const [hasFailed, setFailed] = useState(false)
    useEffect(() => {
      if (loaded) return
      let isHere = true
      setFailed(false)
      const fetch = async () => {
        try {
          const [component] = await Promise.all([load(), loadAllTexts()])
          loaded = component
          if (isHere) setPart({ component: loaded })
        } catch {
          if (isHere) setFailed(true)
        }
      }
      void fetch()
      return () => void (isHere = false)
    }, [attempt])
    const component = loaded ?? part?.component
    if (component) return h(component, props)
    if (!hasFailed) return <Loading label={t('common.loading')} />
    return (
      <Notice icon="warning" title={t('errors.partFailed')} text={t('errors.network')}>
        <button type="button" class="button" onClick={() => setAttempt(attempt + 1)}>
          {t('common.tryAgain')}
        </button>
      </Notice>
    )
  }
}
