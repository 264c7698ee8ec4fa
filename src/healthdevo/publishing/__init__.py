"""Run the notebooks for England and for every area, and make the book.

The steps are ``plan`` (which pages there are, with a content key each), ``run`` (papermill executes copies of the
templates, each in a process of its own forked from one that has the packages loaded), ``stage`` (the templates' text and the outputs together), ``build`` (Jupyter Book makes
HTML; ``figures`` and ``sphinx_extension`` say how charts, tables and code are shown) and ``verify`` (the finished pages are read as a reader's browser would). A page or a book that fails never replaces an
earlier good one.

Notes
-----
What a notebook in ``book/`` must look like:

- It has no outputs and names the kernel ``python3`` in its metadata (plain papermill needs that). Its first cell is
  Markdown and begins with the page's one ``# Title``; titles and headings stand in Markdown and are never printed by
  code. A page without child pages may use ``##`` and deeper.
- One code cell is tagged ``parameters``. It holds only plain assignments of literals (``area_code = "E54000057"``). A
  template whose parameters name ``area_code`` is an area template and runs for any area; any other is a national chapter. An area template that ``_toc.yml`` names beside the one of the
  area pages has the tag ``example`` on that cell: the book shows it for the area in its parameters.
- ``{{ name }}`` in Markdown cells is a MyST substitution. There are the notebook's own parameters (not for lists or
  dictionaries) and, in area templates, ``area_code``, ``area_name`` (official), ``area_short_name``, ``area_label`` (short,
  with the kind where the name alone is not clear: best for titles), ``area_slug`` and ``area_kind``. An unknown name fails
  the book. Their defaults for a plain ``jupyter-book build .`` stand in ``_config.yml`` under ``myst_substitutions``.
- Computed numbers and sentences are glued: ``{glue:text}`name``` or ``{glue:md}`name```; from another page
  ``{glue:text}`demand.ipynb::name:s``` (MyST-NB wants the format, ``s`` for text). Code runs in the project's root folder,
  with ``healthdevo`` importable and matplotlib on the Agg backend.
- A cell whose value is (or that displays) a ``Chart`` or a page table gets a captioned, numbered figure or table with its
  downloads in place of the output. Refer to it as ``{fig}`<figure_id>``` or ``{tab}`<table_id>```, from another page as
  ``{numref}`fig-<page>-<figure_id>``` with the last part of the page's address. Identifiers are lower-case words joined by
  hyphens, unique on the page. Other outputs stay as they are.
- Code is folded behind "Show the code". Tags change that: ``show-input`` shows it, ``remove-input`` leaves the code out,
  ``remove-cell`` leaves code and output out, ``remove-output`` the output. The parameters cells are always left out.
- A changed sentence runs nothing again: a page is executed when its code, its parameters, the modules that it can reach, the tables that
  it read or the pinned environment change. ``healthdevo build --dry-run`` says for every page why it would run.
- Anything on stderr (a Python warning) fails a strict build: solve its cause.

``_toc.yml`` names pages under ``book/``; the published address drops that folder (``book/demand`` becomes
``demand.html``). Prose is ``.md``. In ``_config.yml`` the key ``healthdevo`` says which area pages there are::

    healthdevo:
      areas:
        template: book/areas/area     # in _toc.yml its entry stands for all the area pages
        index: book/areas/index       # a Markdown page; the line ``<!-- areas -->`` becomes the list of areas
        kinds: [nhs_region, icb]
        valid_on: 2026-11-26          # areas valid on this date; without it, areas valid today
        ended: [icb]                  # kinds whose areas keep their pages after they ended
"""
