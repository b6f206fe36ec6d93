//! Merkle tree hashes (RFC 6962 section 2.1, unchanged in RFC 9162 section 2.1), SHA-256.
//!
//! A log that only grows needs no stored tree to know its root: the roots of its perfect subtrees, one per 1 bit of its
//! size, are enough. [`Frontier`] keeps those.
//!
//! Hand-written. `ct-merkle`'s tree keeps all leaves in memory, and `tlog_tiles` computes a root from stored hashes of
//! inner nodes; a frontier is 8 bytes and 32 for each 1 bit of the size. Both crates are dev-dependencies: a property
//! test checks that all three compute the same root.

use sha2::{Digest, Sha256};

/// A node's or leaf's hash, SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf: SHA-256 over `0x00 ‖ leaf`.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0x00]).chain_update(leaf).finalize().into()
}

/// The hash of an inner node: SHA-256 over `0x01 ‖ left ‖ right`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([0x01]).chain_update(left).chain_update(right).finalize().into()
}

/// The hash of the tree without leaves: SHA-256 over nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The right edge of a growing tree: its size and the roots of its perfect subtrees, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// As many as `size` has 1 bits.
    peaks: Vec<Hash>,
}

/// The bytes aren't a frontier: too short, or with another number of peaks than the size needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the bytes of a tree frontier")]
pub struct FrontierFault;

impl Frontier {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierFault> {
        let (size, peaks) = bytes.split_first_chunk::<8>().ok_or(FrontierFault)?;
        let size = u64::from_be_bytes(*size);
        let (peaks, rest) = peaks.as_chunks::<32>();
        if !rest.is_empty() || u64::from(size.count_ones()) != peaks.len() as u64 {
            return Err(FrontierFault);
        }
        Ok(Self { size, peaks: peaks.to_vec() })
    }

    /// `size u64 ‖ peaks`, big-endian: one 32-byte peak per 1 bit of the size, that of the highest bit first.
    /// 8 bytes for the empty tree, at most 8 + 64 × 32.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 32 * self.peaks.len());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(self.peaks.as_flattened());
        bytes
    }

    /// Appends the leaf with this [`leaf_hash`]; its index is the size before.
    pub fn append(&mut self, leaf_hash: Hash) {
        let mut hash = leaf_hash;
        // Each 1 bit at the low end of the size is a perfect subtree that the new leaf completes to a larger one.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root hash at this size.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => empty_root(),
            Some(smallest) => peaks.fold(*smallest, |right, left| node_hash(left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;
    use tlog_tiles::tlog;

    fn frontier<'a>(leaves: impl IntoIterator<Item = &'a [u8]>) -> Frontier {
        let mut frontier = Frontier::new();
        leaves.into_iter().for_each(|leaf| frontier.append(leaf_hash(leaf)));
        frontier
    }

    /// The leaves and roots that Certificate Transparency's reference implementation publishes as its test data.
    #[test]
    fn roots_are_those_of_the_rfc_6962_reference_data() {
        let leaves =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut frontier = Frontier::new();
        assert_eq!(
            HEXLOWER.encode(&frontier.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (leaf, root) in leaves.into_iter().zip(roots) {
            frontier.append(leaf_hash(&HEXLOWER.decode(leaf.as_bytes()).unwrap()));
            assert_eq!(HEXLOWER.encode(&frontier.root()), root, "after leaf {leaf}");
        }
    }

    #[test]
    fn a_frontier_of_another_length_is_refused() {
        let bytes = frontier([b"a".as_slice(), b"b", b"c"]).to_bytes();
        assert_eq!(bytes.len(), 8 + 2 * 32);
        assert_eq!(Frontier::from_bytes(&bytes[..bytes.len() - 1]), Err(FrontierFault));
        assert_eq!(Frontier::from_bytes(&bytes[..40]), Err(FrontierFault));
        assert_eq!(Frontier::from_bytes(&[0; 40]), Err(FrontierFault));
        assert_eq!(Frontier::from_bytes(&[0; 7]), Err(FrontierFault));
        assert_eq!(Frontier::from_bytes(&[0; 8]), Ok(Frontier::new()));
    }

    /// Hashes as `tlog_tiles` stores them, for it to compute the root from.
    struct Stored(Vec<tlog::Hash>);

    impl tlog::HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog_tiles::Error> {
            Ok(indexes.iter().map(|&at| self.0[usize::try_from(at).unwrap()]).collect())
        }
    }

    proptest! {
        #[test]
        fn two_other_implementations_find_the_same_root(leaves in prop::collection::vec(any::<Vec<u8>>(), 0..200)) {
            let ours = frontier(leaves.iter().map(Vec::as_slice));
            prop_assert_eq!(ours.size(), leaves.len() as u64);

            let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
            leaves.iter().for_each(|leaf| tree.push(leaf.clone()));
            let root: Hash = (*tree.root().as_bytes()).into();
            prop_assert_eq!(ours.root(), root);

            let mut stored = Stored(Vec::new());
            for (index, leaf) in (0..).zip(&leaves) {
                let more = tlog::stored_hashes(index, leaf, &stored).unwrap();
                stored.0.extend(more);
            }
            prop_assert_eq!(ours.root(), tlog::tree_hash(ours.size(), &stored).unwrap().0);
        }

        #[test]
        fn a_frontier_goes_on_from_its_bytes(before in 0usize..300, after in 0usize..300) {
            let leaf = |index: usize| index.to_be_bytes();
            let mut resumed = Frontier::new();
            (0..before).for_each(|index| resumed.append(leaf_hash(&leaf(index))));
            resumed = Frontier::from_bytes(&resumed.to_bytes()).unwrap();
            let mut straight = Frontier::new();
            (0..before + after).for_each(|index| straight.append(leaf_hash(&leaf(index))));
            (before..before + after).for_each(|index| resumed.append(leaf_hash(&leaf(index))));
            prop_assert_eq!(resumed, straight);
        }
    }
}
