// A CloudFront function, for viewer requests to the WebSocket API, which has no path but its stage's.
// What it makes of a path, src/local/server/front-door.ts makes of it on one machine.
// oxlint-disable-next-line no-unused-vars -- CloudFront calls it
function handler(event) {
  const request = event.request
  // Whatever the viewer sent in their place: $connect believes them, beside the secret.
  request.headers['x-viewer-address'] = { value: event.viewer.ip }
  request.headers['x-viewer-host'] = { value: request.headers.host.value }
  const match = /^\/ws(?:\/chat\/(.*?))?\/?$/.exec(request.uri)
  if (match) {
    request.uri = '/live'
    if (match[1] !== undefined) {
      const word = match[1].replace(/[&+#]/g, encodeURIComponent)
      request.querystring.room = { value: word }
    }
  }
  return request
}
