"""The report in Chinese: one file per section, each a table `SAID` from the English template to the Chinese one.

One word for one thing, in all files: version 版本, recipe 配方, step 步骤, operator 算子, store 存储库, ledger 账本,
source 数据源, row 行, column 列, text 文本, id 行标识, label 标签, class 类别, kind 种类, sample 样本,
part (train, test) 部分, to split 划分, dropped 删除, removed (against another version) 移除, added 新增, changed 改动,
kept 保留, reason 原因, bound 界限, threshold 阈值, measured number 度量, metric 指标, score 分数, share 占比,
duplicate 重复, nearly equal 近似, near twin 近似重复行, cluster 簇, likeness 相似度, leak 泄漏, drift 分布漂移,
effect size 效应量, token 词元, tokenizer 分词器, character 字符, word 词, n-gram 词组, script 文字系统,
training run 训练, truth 真值, prediction 预测, confidence 置信度, interval 置信区间, seed 种子.
"""
