const css = String.raw

/** The style of the QR code, the secret and the recovery codes of two-step sign-in. */
export const secondFactorStyle = css`
  .steps {
    padding-inline-start: var(--s5);
  }

  .steps > li + li {
    margin-top: var(--s5);
  }

  .steps p:first-child {
    margin-top: 0;
  }

  .qr {
    display: block;
    border: 1px solid var(--line);
    border-radius: var(--r-s);
  }

  .secret,
  .codes code {
    font-family: var(--mono);
    user-select: all;
  }

  .codes {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr));
    gap: var(--s2) var(--s5);
    max-width: 32rem;
    padding: var(--s4) var(--s4) var(--s4) var(--s6);
    border: 1px solid var(--line);
    border-radius: var(--r-s);
    background: var(--canvas);
  }

  @media print {
    header,
    .codes ~ p,
    .message {
      display: none;
    }
  }
`
