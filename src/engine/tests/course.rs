//! The dev loss steers: smaller steps on a plateau, an early end, the best weights kept; and all of it survives a restore.

use super::*;

#[test]
fn steps_get_smaller_when_the_dev_loss_falls_no_more() {
    let data = bars(100);
    let mut experiment = experiment(ModelKind::Mlp);
    experiment.train = Train { schedule: Schedule::Plateau, patience: 1, decay_factor: 0.5, ..experiment.train };
    let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
    assert!(trainer.needs_dev_loss() && !trainer.keeps_best());
    let mut rates = Vec::new();
    for loss in [1.0, 1.0, 1.0, 1.0, 1.0, 0.5] {
        trainer.look_at(loss);
        trainer = Trainer::restore(&experiment, data.clone(), &bits(&trainer)).unwrap();
        rates.push(trainer.step().unwrap().learning_rate / experiment.train.learning_rate);
    }
    assert_eq!(rates, [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]);
}

#[test]
fn training_ends_early_and_the_best_weights_can_be_put_back() {
    let data = bars(100);
    let mut experiment = experiment(ModelKind::Mlp);
    experiment.train.early_stopping = 2;
    let mut trainer = Trainer::new(&experiment, data.clone()).unwrap();
    assert!(trainer.needs_dev_loss() && trainer.keeps_best());
    let epoch = |trainer: &mut Trainer| while !trainer.step().unwrap().epoch_done {};
    epoch(&mut trainer);
    trainer.look_at(0.4);
    let (best, there) = (bits(&trainer), trainer.evaluate(Set::Dev, None).unwrap());
    epoch(&mut trainer);
    trainer.look_at(0.5);
    assert!(!trainer.position().done);
    epoch(&mut trainer);
    trainer.look_at(0.5);
    let position = trainer.position();
    assert!(position.done && position.epoch == 3 && position.steps == position.step, "{position:?}");
    let mut restored = Trainer::restore(&experiment, data, &bits(&trainer)).unwrap();
    assert!(restored.position().done);
    restored.put_back(&best).unwrap();
    assert_eq!(restored.evaluate(Set::Dev, None).unwrap(), there);
    assert_eq!(restored.position(), position);
    // Whoever wants to go on all the same may.
    restored.set("train.early_stopping", &json!(0)).unwrap();
    assert!(!restored.position().done);
}
