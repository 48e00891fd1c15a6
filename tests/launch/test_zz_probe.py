import os, signal, sys, json
import pytest
from tests.launch.conftest import *
from tests.launch.test_end_to_end import run_here
def go(tmp_path, data_dir, home, patch, extra=()):
    with pytest.MonkeyPatch.context() as m:
        patch(m)
        return run_here("devnet","celeba","--data-dir",data_dir,"--home",home,"--name","x","--trials",3,"--max-rounds",2,"--confirm",2,"--local",*extra,cwd=tmp_path)
def kill(): os.kill(os.getpid(), signal.SIGINT)
def wrap(m, where, name, n=1):
    import importlib
    mod=importlib.import_module(where); old=getattr(mod,name); c=[0]
    def f(*a,**k):
        c[0]+=1
        if c[0]==n: kill()
        return old(*a,**k)
    m.setattr(mod,name,f)
@pytest.mark.parametrize("where,name,n",[("launch.session","_engine",1),("launch.confirm","_take",2),("launch.final","plain_fit",3),("launch.pictures","draw_or_say",1),("launch.conclude","test_figures",1)])
def test_it(tmp_path,data_dir,home,where,name,n):
    e=go(tmp_path,data_dir,home,lambda m: wrap(m,where,name,n))
    st=Store(home/"mlflow.db")
    print(where,name,e.code, e.out[-700:], e.err[-300:], [(r["name"],r["status"]) for r in st.runs().values()], os.path.exists(home/"seal.jsonl"))
