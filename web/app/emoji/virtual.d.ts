declare module 'virtual:emojis' {
  const table: string
  export default table
}
