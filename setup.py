from setuptools import Extension, setup

setup(ext_modules=[Extension("redtrio._resp3", ["_resp3.pyx"])])
