//! A disk that is slow: a file system in user space (FUSE) that lies over a directory and hands everything on to it, each
//! thing after as long as the test wants. Where the system lets nobody mount it (it takes a superuser, or `fusermount`)
//! there is nothing to see, and the tests say so.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant, SystemTime};

use fuser::{
    BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, LockOwner, MountOption, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

/// The kernel keeps nothing that it was told, so that each look is one at the disk.
const KEPT: Duration = Duration::ZERO;
/// So many are served at once.
const SERVANTS: usize = 8;

/// A directory in which everything takes its time, as long as it is held.
pub struct Paced {
    at: PathBuf,
    pace: Arc<Pace>,
    _served: BackgroundSession,
}

impl Paced {
    /// Lies over a directory; what is in it stays reachable through it.
    pub fn over(at: &Path, operation: Duration) -> Option<Self> {
        let under = File::open(at).unwrap();
        let pace = Arc::new(Pace { operation: Mutex::new(operation), changed: Condvar::new() });
        // By its handle the directory is found that by its name is hidden.
        let path = PathBuf::from(format!("/proc/self/fd/{}", under.as_raw_fd()));
        let disk = Disk {
            under: path,
            _held: under,
            pace: Arc::clone(&pace),
            known: Mutex::default(),
            open: Mutex::default(),
        };
        let mut config = Config::default();
        config.mount_options.push(MountOption::FSName("paced".into()));
        config.n_threads = Some(SERVANTS);
        match fuser::spawn_mount(disk, at, &config) {
            Ok(served) => Some(Self { at: at.to_owned(), pace, _served: served }),
            Err(error) => {
                println!("skipped: nothing can be mounted here: {error}");
                None
            }
        }
    }

    /// From now on, also for who waits already.
    pub fn set(&self, operation: Duration) {
        *self.pace.operation.lock().unwrap() = operation;
        self.pace.changed.notify_all();
    }
}

impl Drop for Paced {
    fn drop(&mut self) {
        self.set(Duration::ZERO);
        // At once, whoever has files open in it.
        let lazily = |program: &str, how: &str| Command::new(program).arg(how).arg(&self.at).output();
        if !lazily("umount", "-l").is_ok_and(|done| done.status.success()) {
            let _ = lazily("fusermount3", "-uz");
        }
    }
}

/// How long an operation takes.
struct Pace {
    operation: Mutex<Duration>,
    changed: Condvar,
}

impl Pace {
    fn pass(&self) {
        let begin = Instant::now();
        let mut operation = self.operation.lock().unwrap();
        while let Some(rest) = operation.checked_sub(begin.elapsed()).filter(|rest| !rest.is_zero()) {
            operation = self.changed.wait_timeout(operation, rest).unwrap().0;
        }
    }
}

/// Which number the kernel knows which file by: its path in the directory as it is now.
struct Known {
    paths: HashMap<u64, PathBuf>,
    numbers: HashMap<PathBuf, u64>,
    last: u64,
}

impl Default for Known {
    fn default() -> Self {
        let root = INodeNo::ROOT.0;
        Self { paths: [(root, PathBuf::new())].into(), numbers: [(PathBuf::new(), root)].into(), last: root }
    }
}

impl Known {
    fn number(&mut self, path: &Path) -> u64 {
        if let Some(number) = self.numbers.get(path) {
            return *number;
        }
        self.last += 1;
        self.paths.insert(self.last, path.to_owned());
        self.numbers.insert(path.to_owned(), self.last);
        self.last
    }

    /// What comes to have this path is another file.
    fn forget(&mut self, path: &Path) {
        self.numbers.remove(path);
    }

    /// A file or a directory with all that is in it.
    fn rename(&mut self, from: &Path, to: &Path) {
        self.forget(to);
        for (path, number) in std::mem::take(&mut self.numbers) {
            let path = path.strip_prefix(from).map_or_else(
                |_| path.clone(),
                // Joined with nothing, a path gets a slash at its end.
                |rest| if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) },
            );
            self.paths.insert(number, path.clone());
            self.numbers.insert(path, number);
        }
    }
}

/// What is open.
#[derive(Default)]
struct Open {
    files: HashMap<u64, (u64, Arc<File>)>,
    lists: HashMap<u64, Arc<Vec<(OsString, FileType)>>>,
    last: u64,
}

impl Open {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

struct Disk {
    under: PathBuf,
    _held: File,
    pace: Arc<Pace>,
    known: Mutex<Known>,
    open: Mutex<Open>,
}

impl Disk {
    fn path(&self, number: INodeNo) -> io::Result<PathBuf> {
        let path = self.known.lock().unwrap().paths.get(&number.0).cloned();
        path.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn place(&self, number: INodeNo) -> io::Result<PathBuf> {
        Ok(self.under.join(self.path(number)?))
    }

    fn entry(&self, parent: INodeNo, name: &OsStr) -> io::Result<FileAttr> {
        let path = self.path(parent)?.join(name);
        let metadata = std::fs::symlink_metadata(self.under.join(&path))?;
        let number = self.known.lock().unwrap().number(&path);
        Ok(attributes(number, &metadata))
    }

    fn file(&self, handle: FileHandle) -> io::Result<Arc<File>> {
        let file = self.open.lock().unwrap().files.get(&handle.0).map(|(_, file)| Arc::clone(file));
        file.ok_or_else(|| io::Error::from_raw_os_error(rustix::io::Errno::BADF.raw_os_error()))
    }

    /// One that is open may have no name any more.
    fn opened(&self, number: INodeNo) -> Option<Arc<File>> {
        let open = self.open.lock().unwrap();
        open.files.values().find(|(of, _)| *of == number.0).map(|(_, file)| Arc::clone(file))
    }

    fn metadata(&self, number: INodeNo) -> io::Result<FileAttr> {
        let metadata = match self.opened(number) {
            Some(file) => file.metadata()?,
            None => std::fs::symlink_metadata(self.place(number)?)?,
        };
        Ok(attributes(number.0, &metadata))
    }

    fn keep(&self, number: u64, file: File) -> FileHandle {
        let mut open = self.open.lock().unwrap();
        let handle = open.next();
        open.files.insert(handle, (number, Arc::new(file)));
        FileHandle(handle)
    }

    fn change(&self, number: INodeNo, change: &Change) -> io::Result<FileAttr> {
        let file = match self.opened(number) {
            Some(file) => file,
            None => Arc::new(File::open(self.place(number)?)?),
        };
        if let Some(mode) = change.mode {
            file.set_permissions(Permissions::from_mode(mode & 0o7777))?;
        }
        if let Some(size) = change.size {
            // What is open may be open for reading only.
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            OpenOptions::new().write(true).open(path)?.set_len(size)?;
        }
        if let Some(time) = change.time {
            file.set_modified(time)?;
        }
        Ok(attributes(number.0, &file.metadata()?))
    }

    fn list(&self, number: INodeNo) -> io::Result<FileHandle> {
        let mut list = vec![(OsString::from("."), FileType::Directory), (OsString::from(".."), FileType::Directory)];
        for entry in std::fs::read_dir(self.place(number)?)? {
            let entry = entry?;
            list.push((entry.file_name(), FileType::from_std(entry.file_type()?).unwrap_or(FileType::RegularFile)));
        }
        let mut open = self.open.lock().unwrap();
        let handle = open.next();
        open.lists.insert(handle, Arc::new(list));
        Ok(FileHandle(handle))
    }

    fn create(&self, parent: INodeNo, name: &OsStr, mode: u32, flags: i32) -> io::Result<(FileAttr, FileHandle)> {
        let place = self.place(parent)?.join(name);
        let new = OpenFlags(flags).0 & (rustix::fs::OFlags::EXCL.bits() as i32) != 0;
        let file = OpenOptions::new().read(true).write(true).create(true).create_new(new).mode(mode).open(place)?;
        let entry = self.entry(parent, name)?;
        Ok((entry, self.keep(entry.ino.0, file)))
    }

    fn rename(&self, from: &Path, to: &Path, flags: RenameFlags) -> io::Result<()> {
        let how = rustix::fs::RenameFlags::from_bits_retain(flags.bits());
        rustix::fs::renameat_with(rustix::fs::CWD, self.under.join(from), rustix::fs::CWD, self.under.join(to), how)?;
        self.known.lock().unwrap().rename(from, to);
        Ok(())
    }

    fn remove(&self, parent: INodeNo, name: &OsStr, how: impl Fn(PathBuf) -> io::Result<()>) -> io::Result<()> {
        let path = self.path(parent)?.join(name);
        how(self.under.join(&path))?;
        self.known.lock().unwrap().forget(&path);
        Ok(())
    }
}

/// What is to become of a file.
struct Change {
    mode: Option<u32>,
    size: Option<u64>,
    time: Option<SystemTime>,
}

fn attributes(number: u64, metadata: &Metadata) -> FileAttr {
    let time = |seconds: i64, nanos: i64| {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds as u64) + Duration::from_nanos(nanos as u64)
    };
    FileAttr {
        ino: INodeNo(number),
        size: metadata.size(),
        blocks: metadata.blocks(),
        atime: time(metadata.atime(), metadata.atime_nsec()),
        mtime: time(metadata.mtime(), metadata.mtime_nsec()),
        ctime: time(metadata.ctime(), metadata.ctime_nsec()),
        crtime: SystemTime::UNIX_EPOCH,
        kind: FileType::from_std(metadata.file_type()).unwrap_or(FileType::RegularFile),
        perm: (metadata.mode() & 0o7777) as u16,
        nlink: metadata.nlink() as u32,
        uid: metadata.uid(),
        gid: metadata.gid(),
        rdev: 0,
        blksize: 4096,
        flags: 0,
    }
}

/// Answers once the disk is so far.
macro_rules! answer {
    ($disk:expr, $reply:expr, $work:expr, $well:expr) => {
        $disk.pace.pass();
        let done: io::Result<_> = $work;
        match done {
            Ok(value) => $well($reply, value),
            Err(error) => $reply.error(error.raw_os_error().map_or(Errno::EIO, |_| error.into())),
        }
    };
}

impl Filesystem for Disk {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        answer!(self, reply, self.entry(parent, name), |reply: ReplyEntry, entry| reply.entry(
            &KEPT,
            &entry,
            Generation(0)
        ));
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        answer!(self, reply, self.metadata(number), |reply: ReplyAttr, found| reply.attr(&KEPT, &found));
    }

    fn setattr(
        &self,
        _: &Request,
        number: INodeNo,
        mode: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        time: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let time = time.map(|time| match time {
            TimeOrNow::SpecificTime(time) => time,
            TimeOrNow::Now => SystemTime::now(),
        });
        let change = Change { mode, size, time };
        answer!(self, reply, self.change(number, &change), |reply: ReplyAttr, found| reply.attr(&KEPT, &found));
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, _: u32, reply: ReplyEntry) {
        let make = || {
            let place = self.place(parent)?.join(name);
            std::fs::create_dir(&place)?;
            std::fs::set_permissions(&place, Permissions::from_mode(mode & 0o7777))?;
            self.entry(parent, name)
        };
        answer!(self, reply, make(), |reply: ReplyEntry, entry| reply.entry(&KEPT, &entry, Generation(0)));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer!(self, reply, self.remove(parent, name, std::fs::remove_file), |reply: ReplyEmpty, ()| reply.ok());
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer!(self, reply, self.remove(parent, name, std::fs::remove_dir), |reply: ReplyEmpty, ()| reply.ok());
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let rename = || self.rename(&self.path(parent)?.join(name), &self.path(new_parent)?.join(new_name), flags);
        answer!(self, reply, rename(), |reply: ReplyEmpty, ()| reply.ok());
    }

    fn open(&self, _: &Request, number: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let open = || {
            let reads = flags.acc_mode() == fuser::OpenAccMode::O_RDONLY;
            let file = OpenOptions::new().read(true).write(!reads).open(self.place(number)?)?;
            Ok(self.keep(number.0, file))
        };
        answer!(self, reply, open(), |reply: ReplyOpen, handle| reply.opened(handle, FopenFlags::empty()));
    }

    fn create(&self, _: &Request, parent: INodeNo, name: &OsStr, mode: u32, _: u32, flags: i32, reply: ReplyCreate) {
        answer!(self, reply, self.create(parent, name, mode, flags), |reply: ReplyCreate, (entry, handle)| {
            reply.created(&KEPT, &entry, Generation(0), handle, FopenFlags::empty());
        });
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let read = || {
            let file = self.file(handle)?;
            let mut bytes = vec![0; size as usize];
            let mut filled = 0;
            while let count @ 1.. = file.read_at(&mut bytes[filled..], offset + filled as u64)? {
                filled += count;
            }
            bytes.truncate(filled);
            Ok(bytes)
        };
        answer!(self, reply, read(), |reply: ReplyData, bytes: Vec<u8>| reply.data(&bytes));
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        offset: u64,
        bytes: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let write = || self.file(handle)?.write_all_at(bytes, offset);
        answer!(self, reply, write(), |reply: ReplyWrite, ()| reply.written(bytes.len() as u32));
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        answer!(self, reply, Ok(()), |reply: ReplyEmpty, ()| reply.ok());
    }

    fn fsync(&self, _: &Request, _: INodeNo, handle: FileHandle, _: bool, reply: ReplyEmpty) {
        let sync = || self.file(handle)?.sync_data();
        answer!(self, reply, sync(), |reply: ReplyEmpty, ()| reply.ok());
    }

    fn release(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        self.open.lock().unwrap().files.remove(&handle.0);
        reply.ok();
    }

    fn opendir(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        answer!(self, reply, self.list(number), |reply: ReplyOpen, handle| reply.opened(handle, FopenFlags::empty()));
    }

    fn readdir(&self, _: &Request, number: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let list = self.open.lock().unwrap().lists.get(&handle.0).cloned().unwrap_or_default();
        for (index, (name, kind)) in list.iter().enumerate().skip(offset as usize) {
            // The number is for show: whoever wants the file looks it up.
            if reply.add(number, index as u64 + 1, *kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.open.lock().unwrap().lists.remove(&handle.0);
        reply.ok();
    }
}
