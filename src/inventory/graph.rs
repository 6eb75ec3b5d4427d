//! Who depends on whom in an SBOM: one shortest path to a component, and how many there are.
//!
//! The paths that are counted are those that do not go in circles: components that depend on each
//! other in a circle are taken together as one place, and every way from place to place counts
//! once, dependency by dependency. So the number is that of distinct paths where there are no
//! circles, and finite where there are. It saturates at `u64::MAX`.
//!
//! Paths begin at the root, the component that the SBOM is of. What the root does not reach
//! begins at a component that nothing depends on, and what only a circle reaches, at itself.
//! Beside the stated dependencies, a nested component hangs on the one it stands in, unless
//! something depends on it.
//!
//! Memory grows with the components and with what is said of them, up to limits that no honest SBOM
//! comes near; beyond them, components have no path, and [`Graph::is_partial`] says so.

use std::collections::{HashMap, VecDeque};

use super::clip::clip;
use crate::model::DependencyPath;

/// A path longer than this is cut in the middle.
const MOST_NAMES: usize = 256;
/// So much of a name, or of a reference that no component bears, is shown.
const MOST_SHOWN: usize = 200;
/// Most components.
const MOST_NODES: usize = 8 * 1024 * 1024;
/// Most dependencies.
const MOST_EDGES: usize = 32 * 1024 * 1024;
/// Most bytes of names and references.
const MOST_BYTES: usize = 512 * 1024 * 1024;

/// One component or service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node(u32);

impl Node {
    /// A component beyond the limit.
    const BEYOND: Self = Self(u32::MAX);
}

/// A text that components refer to each other by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference(u32);

impl Reference {
    /// A reference beyond the limit.
    const BEYOND: Self = Self(u32::MAX);
}

/// The components of an SBOM and what is said about their dependencies.
#[derive(Default)]
pub(super) struct Graph {
    names: Vec<Box<str>>,
    parents: Vec<Option<Node>>,
    references: HashMap<Box<str>, Reference, foldhash::fast::RandomState>,
    /// The component that bears each reference; the first, where several do.
    bearers: Vec<Option<Node>>,
    edges: Vec<(Reference, Reference)>,
    root: Option<Node>,
    /// References that no component bears are no components either.
    known_only: bool,
    bytes: usize,
    partial: bool,
}

impl Graph {
    /// Leaves out what no component bears, such as the files of an SBOM of packages.
    pub(super) fn known_only(&mut self) {
        self.known_only = true;
    }

    /// Returns whether there was more than the limits allow.
    pub(super) fn is_partial(&self) -> bool {
        self.partial
    }

    /// Adds a component that stands in another one. It is named when all of it is read.
    pub(super) fn open(&mut self, parent: Option<Node>) -> Node {
        if self.names.len() >= MOST_NODES {
            self.partial = true;
            return Node::BEYOND;
        }
        let node = Node(index(self.names.len()));
        self.names.push(Box::default());
        self.parents.push(parent.filter(|&parent| parent != Node::BEYOND));
        node
    }

    /// Names a component, and says by which text others refer to it.
    pub(super) fn name(&mut self, node: Node, name: &str, version: &str, reference: Option<&str>) {
        if node == Node::BEYOND {
            return;
        }
        let (name, version) = (clip(name, MOST_SHOWN), clip(version, MOST_SHOWN));
        let shown = if version.is_empty() { [&*name, "", ""] } else { [&*name, "@", &*version] };
        if self.has_room(shown.iter().map(|part| part.len()).sum()) {
            self.names[node.0 as usize] = shown.concat().into();
        }
        if let Some(text) = reference
            && let reference = self.reference(text)
            && reference != Reference::BEYOND
        {
            self.bearers[reference.0 as usize].get_or_insert(node);
        }
    }

    /// Returns whether so many bytes more are within the limit.
    fn has_room(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        let has_room = self.bytes <= MOST_BYTES;
        self.partial |= !has_room;
        has_room
    }

    /// Says which component the SBOM is of.
    pub(super) fn set_root(&mut self, node: Node) {
        self.root = Some(node).filter(|&root| root != Node::BEYOND);
    }

    /// Returns the place of a reference.
    pub(super) fn reference(&mut self, text: &str) -> Reference {
        if let Some(&known) = self.references.get(text) {
            return known;
        }
        if !self.has_room(text.len() + size_of::<Option<Node>>()) {
            return Reference::BEYOND;
        }
        let reference = Reference(index(self.bearers.len()));
        self.references.insert(text.into(), reference);
        self.bearers.push(None);
        reference
    }

    /// Returns the component that bears a reference.
    pub(super) fn bearer(&self, reference: Reference) -> Option<Node> {
        self.bearers.get(reference.0 as usize).copied().flatten()
    }

    /// Says that one depends on the other.
    pub(super) fn depends(&mut self, from: Reference, on: Reference) {
        if from == Reference::BEYOND || on == Reference::BEYOND || self.edges.len() >= MOST_EDGES {
            self.partial = true;
        } else {
            self.edges.push((from, on));
        }
    }

    /// Works out the paths of everything.
    pub(super) fn paths(mut self) -> Paths {
        if !self.known_only {
            self.name_strangers();
        }
        let edges = self.node_edges();
        let root = self.root.map(|root| root.0 as usize);
        Paths::find(self.names, &edges, root)
    }

    /// Makes components of the references that none bears.
    fn name_strangers(&mut self) {
        let mut strangers: Vec<_> =
            self.references.iter().filter(|(_, reference)| self.bearers[reference.0 as usize].is_none()).collect();
        strangers.sort_unstable_by_key(|&(_, reference)| *reference);
        let strangers: Vec<_> =
            strangers.into_iter().map(|(text, &reference)| (clip(text, MOST_SHOWN).into_owned(), reference)).collect();
        for (text, reference) in strangers {
            let node = self.open(None);
            if node == Node::BEYOND {
                break;
            }
            self.names[node.0 as usize] = text.into();
            self.bearers[reference.0 as usize] = Some(node);
        }
    }

    /// Returns the dependencies between components, each once, those of nesting among them.
    fn node_edges(&self) -> Vec<Vec<u32>> {
        let mut edges: Vec<Vec<u32>> = vec![Vec::new(); self.names.len()];
        let mut wanted = vec![false; self.names.len()];
        for &(from, on) in &self.edges {
            if let (Some(from), Some(on)) = (self.bearers[from.0 as usize], self.bearers[on.0 as usize])
                && from != on
            {
                edges[from.0 as usize].push(on.0);
                wanted[on.0 as usize] = true;
            }
        }
        for (node, parent) in self.parents.iter().enumerate() {
            if let Some(parent) = parent.filter(|_| !wanted[node]) {
                edges[parent.0 as usize].push(index(node));
            }
        }
        for targets in &mut edges {
            targets.sort_unstable();
            targets.dedup();
        }
        edges
    }
}

fn index(count: usize) -> u32 {
    // Memory ends long before.
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The paths to every component.
pub(super) struct Paths {
    names: Vec<Box<str>>,
    /// The component before each on its shortest path.
    before: Vec<Option<u32>>,
    counts: Vec<u64>,
}

impl Paths {
    fn find(names: Vec<Box<str>>, edges: &[Vec<u32>], root: Option<usize>) -> Self {
        let count = names.len();
        let mut paths = Self { names, before: vec![None; count], counts: vec![0; count] };
        let mut reached = vec![false; count];
        if let Some(root) = root {
            paths.spread(edges, &[index(root)], &mut reached);
        }
        let mut wanted = vec![false; count];
        for target in edges.iter().flatten() {
            wanted[*target as usize] = true;
        }
        let starts: Vec<_> = (0..count).filter(|&node| !reached[node] && !wanted[node]).map(index).collect();
        paths.spread(edges, &starts, &mut reached);
        for (node, _) in reached.iter().enumerate().filter(|(_, reached)| !**reached) {
            paths.counts[node] = 1;
        }
        paths
    }

    /// Goes out from the starts to all that was not reached before: shortest paths and counts.
    fn spread(&mut self, edges: &[Vec<u32>], starts: &[u32], reached: &mut [bool]) {
        let before = reached.to_vec();
        let mut queue: VecDeque<u32> = starts.iter().copied().collect();
        for &start in starts {
            reached[start as usize] = true;
        }
        while let Some(node) = queue.pop_front() {
            for &target in &edges[node as usize] {
                if !std::mem::replace(&mut reached[target as usize], true) {
                    self.before[target as usize] = Some(node);
                    queue.push_back(target);
                }
            }
        }
        let circles = Circles::find(edges, starts, &before);
        let mut counts = vec![0_u64; circles.members.len()];
        for &start in starts {
            let circle = circles.of[start as usize] as usize;
            counts[circle] = counts[circle].saturating_add(1);
        }
        // Members are found from the far end, so the reverse is from the starts on.
        for (circle, members) in circles.members.iter().enumerate().rev() {
            for &node in members {
                self.counts[node as usize] = counts[circle];
                for &target in edges[node as usize].iter().filter(|&&target| !before[target as usize]) {
                    let other = circles.of[target as usize] as usize;
                    if other != circle {
                        counts[other] = counts[other].saturating_add(counts[circle]);
                    }
                }
            }
        }
    }

    /// Returns how a component came to be there.
    pub(super) fn of(&self, node: Node) -> DependencyPath {
        if node == Node::BEYOND {
            return DependencyPath::default();
        }
        let mut names = vec![self.names[node.0 as usize].to_string()];
        let mut at = node.0;
        let mut skipped = false;
        while let Some(before) = self.before[at as usize] {
            at = before;
            if names.len() < MOST_NAMES - 2 {
                names.push(self.names[at as usize].to_string());
            } else {
                skipped = true;
            }
        }
        if skipped {
            names.push("…".to_owned());
            names.push(self.names[at as usize].to_string());
        }
        names.reverse();
        DependencyPath { names, count: self.counts[node.0 as usize] }
    }
}

/// Components that depend on each other in circles, by Tarjan's way without recursion.
struct Circles {
    /// The circle of each component.
    of: Vec<u32>,
    /// The components of each circle, most of them alone; what is depended on comes first.
    members: Vec<Vec<u32>>,
}

impl Circles {
    fn find(edges: &[Vec<u32>], starts: &[u32], before: &[bool]) -> Self {
        const UNSEEN: u32 = u32::MAX;
        let count = edges.len();
        let mut circles = Self { of: vec![UNSEEN; count], members: Vec::new() };
        let (mut order, mut low, mut next) = (vec![UNSEEN; count], vec![0; count], 0);
        let (mut open, mut work): (Vec<u32>, Vec<(u32, usize)>) = (Vec::new(), Vec::new());
        for &start in starts {
            if order[start as usize] != UNSEEN {
                continue;
            }
            work.push((start, 0));
            while let Some((node, at)) = work.pop() {
                let here = node as usize;
                if at == 0 {
                    (order[here], low[here]) = (next, next);
                    next += 1;
                    open.push(node);
                }
                if let Some(&target) = edges[here].get(at) {
                    work.push((node, at + 1));
                    let there = target as usize;
                    if before[there] || circles.of[there] != UNSEEN {
                        continue;
                    }
                    if order[there] == UNSEEN {
                        work.push((target, 0));
                    } else {
                        low[here] = low[here].min(order[there]);
                    }
                    continue;
                }
                if let Some(&(parent, _)) = work.last() {
                    low[parent as usize] = low[parent as usize].min(low[here]);
                }
                if low[here] == order[here] {
                    let circle = index(circles.members.len());
                    let from = open.iter().rposition(|&other| other == node).unwrap_or(0);
                    let members = open.split_off(from);
                    for &member in &members {
                        circles.of[member as usize] = circle;
                    }
                    circles.members.push(members);
                }
            }
        }
        circles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)], root: Option<&str>) -> (Paths, Vec<(String, Node)>) {
        let mut graph = Graph::default();
        let mut nodes: Vec<(String, Node)> = Vec::new();
        for &(from, to) in edges {
            for name in [from, to] {
                if !nodes.iter().any(|(known, _)| known == name) {
                    let node = graph.open(None);
                    graph.name(node, name, "", Some(name));
                    nodes.push((name.to_owned(), node));
                }
            }
            let (from, to) = (graph.reference(from), graph.reference(to));
            graph.depends(from, to);
        }
        if let Some(root) = root {
            let (_, node) = nodes.iter().find(|(name, _)| name == root).expect("root");
            graph.set_root(*node);
        }
        (graph.paths(), nodes)
    }

    fn path(edges: &[(&str, &str)], root: Option<&str>, to: &str) -> (String, u64) {
        let (paths, nodes) = graph(edges, root);
        let (_, node) = nodes.iter().find(|(name, _)| name == to).expect("node");
        let path = paths.of(*node);
        (path.names.join(">"), path.count)
    }

    #[test]
    fn the_shortest_path_is_shown_and_all_are_counted() {
        let edges = [("r", "a"), ("r", "b"), ("a", "c"), ("b", "c"), ("r", "d"), ("d", "e"), ("e", "c"), ("c", "f")];
        assert_eq!(path(&edges, Some("r"), "c"), ("r>a>c".to_owned(), 3));
        assert_eq!(path(&edges, Some("r"), "f"), ("r>a>c>f".to_owned(), 3));
        assert_eq!(path(&edges, Some("r"), "r"), ("r".to_owned(), 1));
    }

    #[test]
    fn circles_end() {
        let edges = [("r", "a"), ("a", "b"), ("b", "a"), ("b", "c"), ("a", "c"), ("c", "c")];
        assert_eq!(path(&edges, Some("r"), "c"), ("r>a>c".to_owned(), 2));
        assert_eq!(path(&[("a", "b"), ("b", "a")], None, "b"), ("b".to_owned(), 1));
        assert_eq!(path(&[("r", "a"), ("a", "r"), ("a", "b")], Some("r"), "b"), ("r>a>b".to_owned(), 1));
    }

    #[test]
    fn without_a_root_paths_begin_where_nothing_depends() {
        assert_eq!(path(&[("a", "b"), ("x", "b"), ("b", "c")], None, "c"), ("a>b>c".to_owned(), 2));
        assert_eq!(path(&[("r", "a"), ("x", "y")], Some("r"), "y"), ("x>y".to_owned(), 1));
    }

    #[test]
    fn nested_components_hang_on_their_parent_unless_wanted() {
        let mut graph = Graph::default();
        let root = graph.open(None);
        graph.name(root, "root", "1", Some("root"));
        graph.set_root(root);
        let inner = graph.open(Some(root));
        let wanted = graph.open(Some(inner));
        graph.name(wanted, "wanted", "", Some("w"));
        graph.name(inner, "inner", "2", None);
        let (from, to) = (graph.reference("root"), graph.reference("w"));
        graph.depends(from, to);
        let paths = graph.paths();
        assert_eq!(paths.of(inner).names, ["root@1", "inner@2"]);
        assert_eq!(paths.of(wanted).names, ["root@1", "wanted"]);
    }

    #[test]
    fn what_nobody_bears_is_left_out_on_demand() {
        let mut graph = Graph::default();
        graph.known_only();
        let (root, package) = (graph.open(None), graph.open(None));
        graph.name(root, "root", "", Some("root"));
        graph.name(package, "package", "", Some("package"));
        for on in ["file", "package"] {
            let (from, on) = (graph.reference("root"), graph.reference(on));
            graph.depends(from, on);
        }
        let paths = graph.paths();
        assert_eq!((paths.names.len(), paths.of(package).names.join(">")), (2, "root>package".to_owned()));
        assert_eq!(paths.of(Node::BEYOND), DependencyPath::default());
    }

    #[test]
    fn counts_saturate_and_long_paths_are_cut() {
        let names: Vec<_> = (0..2000).map(|number| number.to_string()).collect();
        let mut edges = Vec::new();
        for at in 0..names.len() - 2 {
            edges.push((names[at].as_str(), names[at + 1].as_str()));
            edges.push((names[at].as_str(), names[at + 2].as_str()));
        }
        let (paths, nodes) = graph(&edges, Some("0"));
        let last = paths.of(nodes.last().expect("nodes").1);
        assert_eq!((last.names.len(), last.count), (MOST_NAMES, u64::MAX));
        assert_eq!((last.names[0].as_str(), last.names[1].as_str()), ("0", "…"));
    }
}
