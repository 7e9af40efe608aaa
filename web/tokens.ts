const css = String.raw

/**
 * Colours, spaces, shapes and typefaces of the page, the documentation and the admin's pages: a sheet of custom properties. Each
 * of them takes it in at another time: the page when Vite builds it, the admin's pages in their bundle.
 */
export const designTokens = css`
  :root {
    color-scheme: light dark;

    --canvas: light-dark(#f6f5f2, #15171a);
    --surface: light-dark(#fffefc, #1b1e22);
    --sunken: light-dark(#efede8, #111315);
    --raised: light-dark(#ffffff, #24282d);
    --hover: light-dark(#faf9f6, #1e2226);
    --line: light-dark(#e3e0d9, #2c3137);
    --line-strong: light-dark(#8d897f, #6d747d);

    --ink: light-dark(#1c1d1f, #eceef0);
    --ink-2: light-dark(#57585c, #aab0b8);
    --ink-3: light-dark(#646569, #969ca4);

    --accent: light-dark(#0b6b62, #5cc9bb);
    --on-accent: light-dark(#ffffff, #06231f);
    --accent-soft: light-dark(#dff0ec, #173632);
    --accent-ink: light-dark(#075a52, #86ddd1);
    --mention: light-dark(#fdf1cf, #3a3115);
    --mention-edge: light-dark(#b7791f, #e0b23c);
    --danger: light-dark(#b3261e, #f2a19b);
    --danger-soft: light-dark(#fbe9e7, #3a2120);
    --online: light-dark(#2c8a4b, #5fcf84);
    /* White in both themes: letters on an avatar, and what is under a QR code. */
    --paper: #fff;
    /* A name of mine in a message that mentions me. */
    --mention-me: light-dark(#fff8, #0004);
    /* Behind a dialog, and below what is raised a little. */
    --scrim: #0006;
    --shade: #0002;

    /* Spaces. Those with an h are half a step larger than those without. */
    --s0: 2px;
    --s1: 4px;
    --s1h: 6px;
    --s2: 8px;
    --s2h: 10px;
    --s3: 12px;
    --s4: 16px;
    --s5: 24px;
    --s6: 40px;
    --s7: 64px;
    --r-xs: 5px;
    --r-s: 6px;
    --r: 10px;
    --r-l: 14px;
    --r-full: 99px;
    --shadow: 0 1px 2px light-dark(#0001, #0005), 0 6px 20px light-dark(#0000001f, #0009);

    /* Sizes of texts. Phones zoom in on a field with a smaller text than --f5. */
    --f0: 11px;
    --f1: 12px;
    --f2: 13px;
    --f3: 14px;
    --f4: 15px;
    --f5: 16px;
    --f6: 18px;
    --f7: 20px;
    --f8: 26px;
    --f9: 32px;
    --font: ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Open Sans', sans-serif;
    --mono: ui-monospace, 'SF Mono', Menlo, Consolas, monospace;
    --text: var(--f4) / 1.47 var(--font);
    /* For the documentation and the admin's pages. */
    --text-long: var(--f5) / 1.5 var(--font);
  }

  :root[data-theme='light'] {
    color-scheme: light;
  }

  :root[data-theme='dark'] {
    color-scheme: dark;
  }
`
