import { lazy } from '../parts/lazy.tsx'

/**
 * The parts of the page that are loaded when they are first shown. A feature begins in its own folder, with the
 * component that is named here.
 */
export const DetailsPanel = lazy(
  async () => (await import('../details/details-panel.tsx')).DetailsPanel,
)
