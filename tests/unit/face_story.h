/* tests/unit/face_story.h
 *
 * A small log with one of everything that people look at, on a stage (scribe.h):
 *
 *     pledge      XM-DAC-41302:PL-1   Kuwait to ILO, USD 700,000, told by ILO, joined by
 *                                     Kuwait, committed, 300,000 disbursed and received
 *     pledge      XM-DAC-41122:PL-2   Japan to UNICEF, told by UNICEF alone, two
 * countries pledge      XM-DAC-41302:PL-3   Japan to Kuwait, told by ILO: a third party
 *     commitment  XM-DAC-41302:C-1    ILO, UNICEF (signed), Kenya (cannot); one report
 *     partnership XM-DAC-41302:P-1    ILO, Kuwait; proposed
 */
#ifndef AVOW_TESTS_UNIT_FACE_STORY_H
#define AVOW_TESTS_UNIT_FACE_STORY_H

#include "unit/scribe.h"

#define KENYA "KE-NCB-OP.218/051/95/010"

struct story {
    struct stage *stage;
    struct scribe *kuwait;
};

static inline void story_directory(struct story *t)
{
    struct stage *s = t->stage;

    t->kuwait = stage_join(s, "KW-KFAED");
    stage_list(s, "JP-8");
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'organization.listed','org':'%s','name':{'en':'Government of "
                 "Kenya','fr':'Gouvernement du Kenya'},'org_type':'10','country':'KE'}",
                 KENYA));
    stage_commit(s);
}

static inline const char *story_rev(struct story *t, const char *id)
{
    stage_commit(t->stage);
    return stage_rev(t->stage, id);
}

static inline void story_pledges(struct story *t)
{
    struct stage *s = t->stage;

    ACCEPTED(
        say(s, &s->ilo,
            "{'is':'pledge.made','id':'XM-DAC-41302:PL-1','title':'Social protection "
            "in Palestine','donor':'KW-KFAED','recipient':'XM-DAC-41302',"
            "'basis':'announced','money':{'amount':'700000.00','currency':'USD'},"
            "'networks':['spiac-b'],'countries':['PS'],"
            "'evidence':[{'quote':'Kuwait pledged <USD> 700,000 & more'}]}"));
    ACCEPTED(say(s, t->kuwait,
                 "{'is':'pledge.accepted','id':'XM-DAC-41302:PL-1','rev':'%s'}",
                 story_rev(t, "XM-DAC-41302:PL-1")));
    ACCEPTED(say(s, t->kuwait,
                 "{'is':'pledge.committed','id':'XM-DAC-41302:PL-1','tx':'C1',"
                 "'money':{'amount':'700000','currency':'USD'}}\n"
                 "{'is':'pledge.disbursed','id':'XM-DAC-41302:PL-1','tx':'D1',"
                 "'money':{'amount':'300000.50','currency':'USD'}}"));
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'pledge.received','id':'XM-DAC-41302:PL-1','tx':'R1','of':['D1'],"
                 "'money':{'amount':'300000.50','currency':'USD'}}"));
    ACCEPTED(say(s, &s->unicef,
                 "{'is':'pledge.made','id':'XM-DAC-41122:PL-2','title':'Cash for "
                 "children','donor':'JP-8','recipient':'XM-DAC-41122','basis':'reported',"
                 "'money':{'amount':'5000','currency':'JPY'},'networks':['spiac-b'],"
                 "'countries':['KE','PS']}"));
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'pledge.made','id':'XM-DAC-41302:PL-3','title':'Said in the "
                 "press','donor':'JP-8','recipient':'KW-KFAED','basis':'reported',"
                 "'money':{'amount':'10.25','currency':'USD'},'countries':['KE']}"));
}

static inline void story_agreements(struct story *t)
{
    struct stage *s = t->stage;

    ACCEPTED(say_with(
        s, &s->ilo, WITH(&s->unicef),
        "{'is':'commitment.proposed','id':'XM-DAC-41302:C-1','title':{'en':'A floor for "
        "Kenya','fr':'Un socle pour le Kenya'},'parties':[{'org':'XM-DAC-41302',"
        "'role':'lead'},{'org':'XM-DAC-41122','role':'participating'},"
        "{'org':'%s','role':'national-authority'}],"
        "'networks':['spiac-b'],'countries':['KE'],'deliverables':[{'id':'D-1',"
        "'title':'People covered','measure':'unit','baseline':'1000','target':'5000',"
        "'unit':'people'},{'id':'D-2','title':'Law','measure':'nominal'}]}",
        KENYA));
    ACCEPTED(say(s, &s->unicef,
                 "{'is':'commitment.progressed','id':'XM-DAC-41302:C-1',"
                 "'deliverable':'D-1','period':{'end':'2026-06'},'value':'4000',"
                 "'qualifier':'about'}"));
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'partnership.proposed','id':'XM-DAC-41302:P-1','title':'MoU',"
                 "'kind':'mou','parties':[{'org':'XM-DAC-41302'},{'org':'KW-KFAED'}],"
                 "'networks':['spiac-b'],'countries':[]}"));
}

static inline struct story story_new(void)
{
    struct story t = { .stage = stage_new() };

    story_directory(&t);
    story_pledges(&t);
    story_agreements(&t);
    stage_commit(t.stage);
    return t;
}

static inline void story_free(struct story *t)
{
    stage_free(t->stage);
}

#endif
