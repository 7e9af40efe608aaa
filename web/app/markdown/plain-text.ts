/**
 * Matches characters that change the direction of a text until an end mark. A cut text may have lost the end
 * mark.
 */
const turns = /[\u202a-\u202e\u2066-\u2069]/g

/**
 * Returns the words of a message on one line, for lists and quotes: without the most visible marks of Markdown,
 * and without characters that would change the direction of the text around it.
 */
export function plainText(text: string): string {
  return text
    .replace(turns, '')
    .replace(/^ {0,3}(?:```|~~~)[^\n]*$/gm, '')
    .replace(/\[([^\]\n]+)\]\(\s*[^)\s]+\s*\)/g, '$1')
    .replace(/(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])/g, '$1')
    .replace(/(?<!\w)_(?=\S)([^_\n]+)(?<=\S)_(?!\w)/g, '$1')
    .replace(/`([^`\n]+)`/g, '$1')
    .replace(/^\s*> ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
}
