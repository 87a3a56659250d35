def test_x(model, tagger):
    print(tagger("info", "--model", model).text)
import sys
def test_y(processes, model, tmp_path, corpus, small):
    import time; err=sys.stderr if 0 else open(tmp_path/'err','wb')
    t=time.time()
    p = processes.start("train", "--train", corpus, "--dev", corpus, "--columns", "token,upos,ner", "--output", "x", *small, "--set", "training.epochs=3", "--set", "training.batch_tokens=64", "--set", "training.checkpoint_steps=3",
       folder=tmp_path, stderr=err)
    print(p.wait(), time.time()-t)
    print((tmp_path/"err").read_text())
    for _ in range(3):
        t=time.time()
        p = processes.start("train", "--train", corpus, "--dev", corpus, "--columns", "token,upos,ner", "--output", f"x{_}", *small, "--set", "training.epochs=3", "--set", "training.batch_tokens=64", "--set", "training.checkpoint_steps=3",
           folder=tmp_path, stderr=err)
        print(p.wait(), time.time()-t)
    err.close()
