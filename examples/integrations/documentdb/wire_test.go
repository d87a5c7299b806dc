package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// As much of MongoDB's wire protocol as a client needs to log in and ping.

const (
	opReply = 1
	opQuery = 2004 // the first hello, from a client that does not know the server
	opMsg   = 2013
)

// serve lets everybody in who says a name and password with SASL's PLAIN.
func serve(conn io.ReadWriter) error {
	for {
		id, op, body, err := readMessage(conn)
		if err != nil {
			return err
		}
		command, err := commandIn(op, body)
		if err != nil {
			return err
		}
		elements, err := command.Elements()
		if err != nil || len(elements) == 0 {
			return fmt.Errorf("command %v: %w", command, err)
		}
		reply, err := bson.Marshal(answer(elements[0].Key()))
		if err != nil {
			return err
		}
		if err := writeReply(conn, id, op, reply); err != nil {
			return err
		}
	}
}

// answer returns the reply to a command.
func answer(command string) bson.D {
	ok := bson.E{Key: "ok", Value: 1}
	switch command {
	case "hello", "isMaster", "ismaster":
		return bson.D{
			{Key: "helloOk", Value: true},
			{Key: "ismaster", Value: true},
			{Key: "isWritablePrimary", Value: true},
			{Key: "maxBsonObjectSize", Value: 16 << 20},
			{Key: "maxMessageSizeBytes", Value: 48 << 20},
			{Key: "maxWriteBatchSize", Value: 100000},
			{Key: "minWireVersion", Value: 0},
			{Key: "maxWireVersion", Value: 21},
			ok,
		}
	case "saslStart":
		return bson.D{{Key: "conversationId", Value: 1}, {Key: "done", Value: true}, {Key: "payload", Value: []byte{}}, ok}
	}
	return bson.D{ok}
}

func readMessage(r io.Reader) (id, op uint32, body []byte, err error) {
	var header [16]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, 0, nil, err
	}
	size := binary.LittleEndian.Uint32(header[:])
	if size < uint32(len(header)) || size > 1<<20 {
		return 0, 0, nil, fmt.Errorf("a message of %d bytes", size)
	}
	body = make([]byte, size-uint32(len(header)))
	_, err = io.ReadFull(r, body)
	return binary.LittleEndian.Uint32(header[4:]), binary.LittleEndian.Uint32(header[12:]), body, err
}

// commandIn returns the document of a message: after flags and the kind of
// section, or after flags, collection, skip and limit.
func commandIn(op uint32, body []byte) (bson.Raw, error) {
	switch at := len("\x00\x00\x00\x00admin.$cmd\x00") + 8; {
	case op == opMsg && len(body) > 5:
		return body[5:], nil
	case op == opQuery && len(body) > at:
		return body[at:], nil
	}
	return nil, errors.New("neither OP_MSG nor OP_QUERY")
}

// writeReply answers the message id in the form of op.
func writeReply(w io.Writer, id, op uint32, document []byte) error {
	body, code := append(make([]byte, 5), document...), uint32(opMsg)
	if op == opQuery {
		body, code = make([]byte, 20), opReply // flags, cursor, start
		body[16] = 1                           // one document
		body = append(body, document...)
	}
	message := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	message = binary.LittleEndian.AppendUint32(message, 1)
	message = binary.LittleEndian.AppendUint32(message, id)
	message = binary.LittleEndian.AppendUint32(message, code)
	_, err := w.Write(append(message, body...))
	return err
}
