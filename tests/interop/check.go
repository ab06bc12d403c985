// Check checks a served log with Go's own transparency log code, which shares nothing
// with this project: golang.org/x/mod/sumdb/note and tlog.
//
//	check -log VKEY [-cosigner VKEY]... [-quorum N] [-old CHECKPOINT [-consistency PROOF]] BASE
//
// BASE is a URL or a folder with log/checkpoint, log/tile/..., log/proof/..., log/policy.
// Everything is fetched and checked: signatures, cosignatures, each tile and each entry
// against the root, proofs of inclusion, and consistency with an older checkpoint.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

// A cosigner verifies signatures of type 0x04 (C2SP tlog-cosignature), which
// note.NewVerifier does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	t := binary.BigEndian.Uint64(sig)
	if t > 1<<63-1 {
		return false
	}
	signed := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", t)), msg...)
	return ed25519.Verify(c.key, signed, sig[8:])
}

func newCosigner(vkey string) (*cosigner, error) {
	part := strings.SplitN(vkey, "+", 3)
	if len(part) != 3 {
		return nil, fmt.Errorf("malformed verifier key %q", vkey)
	}
	hash, err1 := strconv.ParseUint(part[1], 16, 32)
	key, err2 := base64.StdEncoding.Strict().DecodeString(part[2])
	if err1 != nil || err2 != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, fmt.Errorf("malformed verifier key %q", vkey)
	}
	sum := sha256.Sum256(append([]byte(part[0]+"\n"), key...))
	if binary.BigEndian.Uint32(sum[:]) != uint32(hash) {
		return nil, fmt.Errorf("verifier key %q has the id of another", vkey)
	}
	return &cosigner{part[0], uint32(hash), key[1:]}, nil
}

type vkeys []string

func (v *vkeys) String() string     { return strings.Join(*v, " ") }
func (v *vkeys) Set(s string) error { *v = append(*v, s); return nil }

type checker struct {
	base      string
	logKey    string
	coKeys    vkeys
	verifiers note.Verifiers
	origin    string
	quorum    int
	tiles     map[string][]byte
	bundles   int
}

func (c *checker) fetch(path string) ([]byte, error) {
	if !strings.HasPrefix(c.base, "http://") && !strings.HasPrefix(c.base, "https://") {
		return os.ReadFile(c.base + "/" + path)
	}
	client := http.Client{Timeout: 30 * time.Second}
	resp, err := client.Get(c.base + "/" + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, 1<<25))
}

// checkpoint opens a signed checkpoint: tlog.ParseTree knows only the go.sum database's
// origin, so the three lines are read here.
func (c *checker) checkpoint(msg []byte) (tlog.Tree, error) {
	var tree tlog.Tree
	n, err := note.Open(msg, c.verifiers)
	if err != nil {
		return tree, fmt.Errorf("checkpoint: %v", err)
	}
	signed, cosigned := false, 0
	for _, s := range n.Sigs {
		if s.Name == c.origin {
			signed = true
		} else {
			cosigned++
		}
	}
	if !signed || cosigned < c.quorum {
		return tree, fmt.Errorf("checkpoint: signed by the log: %v, by cosigners: %d of %d needed",
			signed, cosigned, c.quorum)
	}
	line := strings.Split(n.Text, "\n")
	if len(line) != 4 || line[3] != "" || line[0] != c.origin {
		return tree, fmt.Errorf("checkpoint: malformed text %q", n.Text)
	}
	size, err := strconv.ParseInt(line[1], 10, 64)
	if err != nil || size < 0 || line[1] != strconv.FormatInt(size, 10) {
		return tree, fmt.Errorf("checkpoint: malformed size %q", line[1])
	}
	hash, err := tlog.ParseHash(line[2])
	if err != nil {
		return tree, fmt.Errorf("checkpoint: malformed root %q", line[2])
	}
	return tlog.Tree{N: size, Hash: hash}, nil
}

// tilePath drops the height, which C2SP tlog-tiles does not have in its paths.
func tilePath(t tlog.Tile) string {
	return "log/tile/" + strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", height))
}

func (c *checker) Height() int { return height }

func (c *checker) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var list [][]byte
	for _, t := range tiles {
		path := tilePath(t)
		data, known := c.tiles[path]
		if !known {
			var err error
			if data, err = c.fetch(path); err != nil {
				return nil, err
			}
			c.tiles[path] = data
		}
		if len(data) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d bytes", path, len(data))
		}
		list = append(list, data)
	}
	return list, nil
}

func (c *checker) SaveTiles([]tlog.Tile, [][]byte) {}

// everyTile is what a tree of this size has, level by level.
func everyTile(size int64) (tiles []tlog.Tile) {
	for level := 0; level < 8 && size>>(height*level) > 0; level++ {
		count := size >> (height * level)
		for n := int64(0); n*width < count; n++ {
			w := count - n*width
			if w > width {
				w = width
			}
			tiles = append(tiles, tlog.Tile{H: height, L: level, N: n, W: int(w)})
		}
	}
	return tiles
}

// checkTiles authenticates every hash of every tile and returns those of the leaves.
func (c *checker) checkTiles(tree tlog.Tree) ([]tlog.Hash, error) {
	var index []int64
	leaves := 0
	for _, t := range everyTile(tree.N) {
		for i := int64(0); i < int64(t.W); i++ {
			index = append(index, tlog.StoredHashIndex(height*t.L, t.N*width+i))
		}
		if t.L == 0 {
			leaves = len(index)
		}
	}
	hashes, err := tlog.TileHashReader(tree, c).ReadHashes(index)
	if err != nil {
		return nil, fmt.Errorf("tile: %v", err)
	}
	for _, t := range everyTile(tree.N) {
		data, known := c.tiles[tilePath(t)]
		if !known {
			return nil, fmt.Errorf("tile: %s was not read", tilePath(t))
		}
		at := tlog.StoredHashIndex(height*t.L, t.N*width+int64(t.W)-1)
		if _, err := tlog.HashFromTile(t, data, at); err != nil {
			return nil, fmt.Errorf("tile: %v", err)
		}
	}
	return hashes[:leaves], nil
}

func (c *checker) checkBundle(t tlog.Tile, leaves []tlog.Hash) error {
	path := strings.Replace(tilePath(t), "log/tile/0/", "log/tile/entries/", 1)
	data, err := c.fetch(path)
	if err != nil {
		return fmt.Errorf("bundle: %v", err)
	}
	for i := 0; i < t.W; i++ {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return fmt.Errorf("bundle: %s ends in entry %d", path, i)
		}
		n := 2 + int(binary.BigEndian.Uint16(data))
		if tlog.RecordHash(data[2:n]) != leaves[t.N*width+int64(i)] {
			return fmt.Errorf("bundle: %s: entry %d is not the one in the tree", path, i)
		}
		data = data[n:]
	}
	if len(data) > 0 {
		return fmt.Errorf("bundle: %s has %d bytes too many", path, len(data))
	}
	c.bundles++
	return nil
}

func hashLines(lines []string) (list []tlog.Hash, err error) {
	for _, l := range lines {
		h, err := tlog.ParseHash(l)
		if err != nil {
			return nil, fmt.Errorf("malformed hash %q", l)
		}
		list = append(list, h)
	}
	return list, nil
}

// checkProof checks log/proof/<index> (C2SP tlog-proof). Its checkpoint may be older than
// the newest one; then it must be one of the same log's.
func (c *checker) checkProof(index int64, leaves []tlog.Hash, tree tlog.Tree) error {
	data, err := c.fetch(fmt.Sprintf("log/proof/%d", index))
	if err != nil {
		return fmt.Errorf("proof: %v", err)
	}
	head, checkpoint, found := bytes.Cut(data, []byte("\n\n"))
	line := strings.Split(string(head), "\n")
	if !found || len(line) < 2 || line[0] != "c2sp.org/tlog-proof@v1" ||
		line[1] != fmt.Sprintf("index %d", index) {
		return fmt.Errorf("proof: %d is malformed", index)
	}
	hashes, err := hashLines(line[2:])
	if err != nil {
		return fmt.Errorf("proof: %v", err)
	}
	own, err := c.checkpoint(checkpoint)
	if err != nil {
		return fmt.Errorf("proof: %v", err)
	}
	if err := tlog.CheckRecord(hashes, own.N, own.Hash, index, leaves[index]); err != nil {
		return fmt.Errorf("proof: of %d: %v", index, err)
	}
	if own.N > tree.N {
		return fmt.Errorf("proof: of %d is for a later checkpoint", index)
	}
	root, err := tlog.TreeHash(own.N, tlog.TileHashReader(tree, c))
	if err != nil || root != own.Hash {
		return fmt.Errorf("proof: of %d is for another log (%v)", index, err)
	}
	return nil
}

// checkConsistency checks an older checkpoint by a proof made by the log, if there is
// one, and by a proof made here from its tiles.
func (c *checker) checkConsistency(oldFile, proofFile string, tree tlog.Tree) error {
	msg, err := os.ReadFile(oldFile)
	if err != nil {
		return fmt.Errorf("consistency: %v", err)
	}
	old, err := c.checkpoint(msg)
	if err != nil {
		return fmt.Errorf("consistency: %v", err)
	}
	if proofFile != "" {
		text, err := os.ReadFile(proofFile)
		if err != nil {
			return fmt.Errorf("consistency: %v", err)
		}
		hashes, err := hashLines(strings.Fields(string(text)))
		if err != nil {
			return fmt.Errorf("consistency: %v", err)
		}
		if err := tlog.CheckTree(hashes, tree.N, tree.Hash, old.N, old.Hash); err != nil {
			return fmt.Errorf("consistency: the log's proof: %v", err)
		}
	}
	hashes, err := tlog.ProveTree(tree.N, old.N, tlog.TileHashReader(tree, c))
	if err != nil {
		return fmt.Errorf("consistency: %v", err)
	}
	if err := tlog.CheckTree(hashes, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return fmt.Errorf("consistency: %v", err)
	}
	return nil
}

// checkPolicy finds the keys that we pin in the policy that the log proposes.
func (c *checker) checkPolicy() error {
	data, err := c.fetch("log/policy")
	if err != nil {
		return fmt.Errorf("policy: %v", err)
	}
	keys := map[string]string{}
	quorums := 0
	for _, line := range strings.Split(string(data), "\n") {
		item := strings.Fields(line)
		switch {
		case len(item) >= 2 && item[0] == "log":
			keys[item[1]] = "log"
		case len(item) >= 3 && item[0] == "witness":
			keys[item[2]] = "witness"
		case len(item) == 2 && item[0] == "quorum":
			quorums++
		}
	}
	if quorums != 1 || keys[c.logKey] != "log" {
		return errors.New("policy: not one quorum, or not our log")
	}
	for _, k := range c.coKeys {
		if keys[k] != "witness" {
			return fmt.Errorf("policy: does not list %s", k)
		}
	}
	return nil
}

func (c *checker) init() error {
	log, err := note.NewVerifier(c.logKey)
	if err != nil {
		return err
	}
	list := []note.Verifier{log}
	for _, k := range c.coKeys {
		co, err := newCosigner(k)
		if err != nil {
			return err
		}
		list = append(list, co)
	}
	c.verifiers = note.VerifierList(list...)
	c.origin = log.Name()
	c.tiles = map[string][]byte{}
	return nil
}

func (c *checker) run(oldFile, proofFile string) error {
	if err := c.init(); err != nil {
		return err
	}
	msg, err := c.fetch("log/checkpoint")
	if err != nil {
		return fmt.Errorf("checkpoint: %v", err)
	}
	tree, err := c.checkpoint(msg)
	if err != nil {
		return err
	}
	leaves, err := c.checkTiles(tree)
	if err != nil {
		return err
	}
	for _, t := range everyTile(tree.N) {
		if t.L == 0 {
			if err := c.checkBundle(t, leaves); err != nil {
				return err
			}
		}
	}
	proofs := 0
	for _, i := range []int64{0, 1, 254, 255, 256, 65535, 65536, tree.N / 2, tree.N - 1} {
		if i < tree.N {
			if err := c.checkProof(i, leaves, tree); err != nil {
				return err
			}
			proofs++
		}
	}
	if oldFile != "" {
		if err := c.checkConsistency(oldFile, proofFile, tree); err != nil {
			return err
		}
	}
	if err := c.checkPolicy(); err != nil {
		return err
	}
	fmt.Printf("size %d: %d tiles, %d bundles, %d proofs\n", tree.N, len(c.tiles), c.bundles, proofs)
	return nil
}

func main() {
	var c checker
	flag.StringVar(&c.logKey, "log", "", "the log's verifier key")
	flag.Var(&c.coKeys, "cosigner", "a cosigner's verifier key; may be repeated")
	flag.IntVar(&c.quorum, "quorum", 0, "how many cosigners are needed")
	old := flag.String("old", "", "a file with an older checkpoint")
	proof := flag.String("consistency", "", "a file with the log's proof from there, a hash a line")
	flag.Parse()
	if flag.NArg() != 1 || c.logKey == "" {
		flag.Usage()
		os.Exit(2)
	}
	c.base = strings.TrimSuffix(flag.Arg(0), "/")
	if err := c.run(*old, *proof); err != nil {
		fmt.Fprintf(os.Stderr, "check: %v\n", err)
		os.Exit(1)
	}
}
