const css = String.raw

/** The picture, the secret and the recovery codes of two-step sign-in. */
export const secondFactorStyle = css`
  .steps {
    padding-left: 1.4rem;
  }

  .steps > li + li {
    margin-top: 1.5rem;
  }

  .steps p:first-child {
    margin-top: 0;
  }

  .qr {
    display: block;
    border: 1px solid var(--line);
    border-radius: 6px;
  }

  .secret,
  .codes code {
    font-family: var(--mono);
    user-select: all;
  }

  .codes {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr));
    gap: 0.4rem 1.5rem;
    max-width: 32rem;
    padding: 1rem 1rem 1rem 2.6rem;
    border: 1px solid var(--line);
    border-radius: 6px;
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
