/** [S3] Members see the limits of a room: `room.updated` contains them. */
export const statements = [
  `alter type log_row_v1
    add attribute text_max bigint,
    add attribute send_count bigint,
    add attribute send_seconds bigint`,
]
