use std::sync::atomic::{AtomicUsize, Ordering};

use ferroflux_archive::{Algorithm, EntryPath, snapshot::Builder};
use tokio::sync::oneshot;

use super::*;

fn snapshot(size: usize) -> Snapshot {
    let mut builder = Builder::default();
    builder.file(&EntryPath::new("a").unwrap(), 0o600, &vec![0; size]).unwrap();
    builder.build()
}

fn digest(name: usize) -> Digest {
    Algorithm::Sha256.digest(&name.to_le_bytes())
}

#[test]
fn the_least_recently_used_snapshots_make_room() {
    let one = snapshot(1000).memory();
    let cache = SnapshotCache::new(one * 3);
    for name in 0..3 {
        cache.insert(digest(name), snapshot(1000));
    }
    assert_eq!((cache.len(), cache.bytes()), (3, one * 3));
    assert!(cache.get(&digest(0)).is_some());
    cache.insert(digest(3), snapshot(1000));
    assert!(cache.get(&digest(1)).is_none(), "1 was used the longest ago");
    assert!(cache.get(&digest(0)).is_some());
    assert_eq!((cache.len(), cache.bytes()), (3, one * 3));
}

#[test]
fn the_cache_never_holds_more_bytes_than_its_capacity() {
    let cache = SnapshotCache::new(50_000);
    cache.insert(digest(0), snapshot(60_000));
    assert!(cache.is_empty());
    for name in 0..200 {
        cache.insert(digest(name % 17), snapshot(name * 211 % 30_000));
        assert!(cache.bytes() <= 50_000);
    }
    cache.insert(digest(1), snapshot(10));
    cache.insert(digest(1), snapshot(10));
    let held: usize = (0..17).filter_map(|name| cache.get(&digest(name))).map(|s| s.memory()).sum();
    assert_eq!(cache.bytes(), held);
}

#[tokio::test]
async fn everyone_who_asks_for_the_same_thing_gets_the_result_of_one_piece_of_work() {
    let flights = Flights::<u8, usize>::default();
    let (started, release) = (AtomicUsize::new(0), tokio::sync::Semaphore::new(0));
    let (started, release) = (Arc::new(started), Arc::new(release));
    let ask = || {
        let (started, release) = (started.clone(), release.clone());
        flights.join(7, move || async move {
            let number = started.fetch_add(1, Ordering::SeqCst);
            release.acquire().await.unwrap().forget();
            number
        })
    };
    let all = futures::future::join_all((0..10).map(|_| ask()));
    let freed = async {
        while started.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        release.add_permits(1);
    };
    let (results, ()) = tokio::join!(all, freed);
    assert_eq!(results, vec![Some(0); 10]);
    release.add_permits(1);
    assert_eq!(ask().await, Some(1), "what is over is begun anew");
}

#[tokio::test]
async fn work_stops_when_the_last_who_waits_for_it_goes_away() {
    struct Tell(Option<oneshot::Sender<()>>);
    impl Drop for Tell {
        fn drop(&mut self) {
            let _ = self.0.take().unwrap().send(());
        }
    }
    let flights = Arc::new(Flights::<u8, ()>::default());
    let (sender, stopped) = oneshot::channel();
    let tell = Tell(Some(sender));
    let first = {
        let flights = flights.clone();
        tokio::spawn(async move {
            flights
                .join(1, || async move {
                    let _tell = tell;
                    std::future::pending::<()>().await;
                })
                .await
        })
    };
    while flights.0.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    first.abort();
    stopped.await.unwrap();
}

#[tokio::test]
async fn a_panic_reaches_nobody_but_is_not_waited_for_either() {
    let flights = Flights::<u8, ()>::default();
    assert_eq!(flights.join(1, || async { panic!("bad object") }).await, None);
    assert_eq!(flights.join(1, || async {}).await, Some(()));
}
