package secrets

// maxRecord is the maximum size of a login and its password together, in octets. It
// limits how much memory a damaged file can make us allocate. A Valid entry is much
// smaller.
const maxRecord = 64 << 10

// record reads the record at offset. It returns the offset of the next one.
func (db *database) record(offset int64) (login, password string, next int64, err error) {
	if offset < headerSize || offset+8 > db.records {
		return "", "", 0, errDamaged
	}
	key, value, err := db.pair(offset)
	if err != nil {
		return "", "", 0, err
	}
	next = offset + 8 + key + value
	if key+value > maxRecord || next > db.records {
		return "", "", 0, errDamaged
	}
	text := make([]byte, key+value)
	if err := db.readAt(text, offset+8); err != nil {
		return "", "", 0, err
	}
	return string(text[:key]), string(text[key:]), next, nil
}

// get looks up login. Its hash determines the table and the first slot, which has the
// position of the record (cdb(5)).
func (db *database) get(login string) (password string, ok bool, err error) {
	hash := hashOf(login)
	start, slots := db.table(hash % 256)
	for i := range slots {
		slotHash, offset, err := db.pair(start + 8*((int64(hash>>8)+i)%slots))
		if err != nil || offset == 0 {
			return "", false, err
		}
		if slotHash != int64(hash) {
			continue
		}
		found, password, _, err := db.record(offset)
		if err != nil || found == login {
			return password, err == nil, err
		}
	}
	return "", false, nil
}

// each calls f for each record, in the order of the file.
func (db *database) each(f func(login, password string)) error {
	for offset := int64(headerSize); offset < db.records; {
		login, password, next, err := db.record(offset)
		if err != nil {
			return err
		}
		f(login, password)
		offset = next
	}
	return nil
}

// hashOf is the hash function of cdb(5).
func hashOf(login string) uint32 {
	hash := uint32(5381)
	for i := range len(login) {
		hash = hash*33 ^ uint32(login[i])
	}
	return hash
}
